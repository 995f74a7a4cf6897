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
import org.apache.lucene.index.Term;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.CharacterRunAutomaton;
import org.apache.lucene.util.automaton.Operations;
import org.apache.lucene.util.automaton.RegExp;

/**
 * Decides what ES|QL's RLIKE and LIKE decide, by asking Lucene, which is what Elasticsearch asks.
 *
 * <p>In: one JSON request per line, {"id", "kind": "rlike" | "like", "pattern", "text"} or "texts": [...] in place of
 * "text", with "ignore_case": true for a case-insensitive RLIKE. Out: {"id", "match": bool}, {"id", "matches": [bool]}
 * or {"id", "error"}. Promises: a pattern matches a whole text or not at all, as in Lucene; a pattern that Lucene
 * refuses is an error.
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
      CharacterRunAutomaton pattern = compile(request);
      if (request.has("texts")) {
        ArrayNode matches = JSON.createArrayNode();
        for (JsonNode text : request.get("texts")) {
          matches.add(pattern.run(text.textValue()));
        }
        answer.set("matches", matches);
      } else {
        answer.put("match", pattern.run(textOf(request, "text")));
      }
    } catch (Exception | StackOverflowError problem) {
      answer.put("error", problem.getClass().getSimpleName() + ": " + problem.getMessage());
    }
    return answer;
  }

  private static CharacterRunAutomaton compile(JsonNode request) {
    String pattern = textOf(request, "pattern");
    String kind = textOf(request, "kind");
    int fold = request.path("ignore_case").asBoolean(false) ? RegExp.ASCII_CASE_INSENSITIVE : 0;
    Automaton automaton;
    if (kind.equals("rlike")) {
      automaton = new RegExp(pattern, RegExp.ALL, fold).toAutomaton();
    } else if (kind.equals("like")) {
      automaton = WildcardQuery.toAutomaton(new Term("field", pattern));
    } else {
      throw new IllegalArgumentException("kind is \"" + kind + "\", not rlike or like");
    }
    return new CharacterRunAutomaton(Operations.determinize(automaton, WORK_LIMIT), WORK_LIMIT);
  }

  private static String textOf(JsonNode request, String name) {
    JsonNode value = request.path(name);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("request has no text \"" + name + "\"");
    }
    return value.textValue();
  }
}
