import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Predicate;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.CharacterRunAutomaton;
import org.apache.lucene.util.automaton.Operations;
import org.apache.lucene.util.automaton.RegExp;
import org.apache.lucene.util.automaton.Transition;

/**
 * Decides what ES|QL's RLIKE and LIKE decide, by asking Lucene, which is what Elasticsearch asks.
 *
 * <p>In: one JSON request per line, {"id", "kind": "rlike" | "like", "pattern", "text"} or "texts": [...] in place of
 * "text", with "ignore_case": true for a case-insensitive RLIKE. Out: {"id", "match": bool}, {"id", "matches": [bool]}
 * or {"id", "error"}. Promises: a pattern matches a whole text or not at all, as in Lucene; a pattern that Lucene
 * refuses is an error.
 *
 * <p>An RLIKE with "quick": true is decided by Lucene's parser and its automata of the parts, put together without the
 * minimization that Lucene does at every node: one pattern in fifty takes it from a tenth of a second to three. What is
 * too complex for Lucene is then not an error. Without "quick" both are asked, and a difference is an error.
 */
public final class LuceneOracle {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WORK_LIMIT = Operations.DEFAULT_DETERMINIZE_WORK_LIMIT;

  private LuceneOracle() {}

  public static void main(String[] arguments) throws IOException {
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      if (!line.isBlank()) {
        answers.println(JSON.writeValueAsString(answer(line)));
      }
    }
  }

  private static ObjectNode answer(String line) {
    ObjectNode answer = JSON.createObjectNode();
    answer.putNull("id");
    try {
      JsonNode request = JSON.readTree(line);
      answer.set("id", request.path("id"));
      Predicate<String> pattern = compile(request);
      if (request.has("texts")) {
        ArrayNode matches = JSON.createArrayNode();
        for (JsonNode text : request.get("texts")) {
          matches.add(pattern.test(text.textValue()));
        }
        answer.set("matches", matches);
      } else {
        answer.put("match", pattern.test(textOf(request, "text")));
      }
    } catch (Exception | StackOverflowError problem) {
      answer.put("error", problem.getClass().getSimpleName() + ": " + problem.getMessage());
    }
    return answer;
  }

  private static Predicate<String> compile(JsonNode request) {
    String pattern = textOf(request, "pattern");
    String kind = textOf(request, "kind");
    if (kind.equals("like")) {
      return run(WildcardQuery.toAutomaton(new Term("field", pattern)));
    }
    if (!kind.equals("rlike")) {
      throw new IllegalArgumentException("kind is \"" + kind + "\", not rlike or like");
    }
    int fold = request.path("ignore_case").asBoolean(false) ? RegExp.ASCII_CASE_INSENSITIVE : 0;
    RegExp regex = new RegExp(pattern, RegExp.ALL, fold);
    Automaton parts = joined(regex);
    if (request.path("quick").asBoolean(false)) {
      return text -> walk(parts, text);
    }
    Predicate<String> whole = run(regex.toAutomaton());
    return text -> {
      boolean matches = whole.test(text);
      if (walk(parts, text) != matches) {
        throw new IllegalStateException("the quick way differs on " + text);
      }
      return matches;
    };
  }

  private static Predicate<String> run(Automaton automaton) {
    Automaton determinized = Operations.determinize(automaton, WORK_LIMIT);
    return new CharacterRunAutomaton(determinized, WORK_LIMIT)::run;
  }

  /** The automaton of an expression; what has no parts, or is more than a regular expression, is left to Lucene. */
  private static Automaton joined(RegExp regex) {
    switch (regex.kind) {
      case REGEXP_UNION:
        return Operations.union(Arrays.asList(joined(regex.exp1), joined(regex.exp2)));
      case REGEXP_CONCATENATION:
        return Operations.concatenate(Arrays.asList(joined(regex.exp1), joined(regex.exp2)));
      case REGEXP_OPTIONAL:
        return Operations.optional(joined(regex.exp1));
      case REGEXP_REPEAT:
        return Operations.repeat(joined(regex.exp1));
      case REGEXP_REPEAT_MIN:
        return Operations.repeat(joined(regex.exp1), regex.min);
      case REGEXP_REPEAT_MINMAX:
        return Operations.repeat(joined(regex.exp1), regex.min, regex.max);
      default:
        return regex.toAutomaton();
    }
  }

  /** Whether an automaton, which need not be deterministic, accepts a text. */
  private static boolean walk(Automaton automaton, String text) {
    if (automaton.getNumStates() == 0) {
      return false;
    }
    BitSet states = new BitSet();
    states.set(0);
    Transition transition = new Transition();
    for (int c : text.codePoints().toArray()) {
      BitSet next = new BitSet();
      for (int state = states.nextSetBit(0); state >= 0; state = states.nextSetBit(state + 1)) {
        int count = automaton.initTransition(state, transition);
        for (int i = 0; i < count; i++) {
          automaton.getNextTransition(transition);
          if (transition.min <= c && c <= transition.max) {
            next.set(transition.dest);
          }
        }
      }
      states = next;
    }
    return states.stream().anyMatch(automaton::isAccept);
  }

  private static String textOf(JsonNode request, String name) {
    JsonNode value = request.path(name);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("request has no text \"" + name + "\"");
    }
    return value.textValue();
  }
}
