#!/usr/bin/env node
// In:  one JSON request per line on stdin: {"id", "query", "schema"?}; schema is a path to a JSON file
//      (format: README.md beside this file). A schema file is read once and kept.
// Out: one JSON line per request, in order: {"id", "errors", "warnings", "columns"} or {"id", "error"} when the
//      request itself cannot be carried out.
// Promises: the verdict is that of Microsoft's own parser and binder; nothing is added to it or left out.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@kusto/language-service-next';
const here = path.dirname(fileURLToPath(import.meta.url));
const oracles = process.env.HUNTC_ORACLES || path.resolve(here, '../../.oracles');

const { Language, Bridge } = loadLanguageService();
const { Symbols } = Language;

/** The package is a pair of scripts compiled from C#; both only define globals. */
function loadLanguageService() {
  const manifest = path.join(oracles, 'npm/node_modules', PACKAGE, 'package.json');
  if (!existsSync(manifest)) {
    process.stderr.write(`kql_check: ${PACKAGE} is missing, run scripts/setup-oracles\n`);
    process.exit(3);
  }
  const load = createRequire(manifest);
  load('./bridge.min.js');
  load('./Kusto.Language.Bridge.min.js');
  return { Language: globalThis.Kusto.Language, Bridge: globalThis.Bridge };
}

/** A C# collection as an array. */
function items(collection) {
  if (collection === null || collection === undefined) return [];
  return Array.isArray(collection) ? collection : Bridge.toArray(collection);
}

/** An array as the C# List<T> that the GlobalState methods want. */
function listOf(type, values) {
  const list = new (globalThis.System.Collections.Generic.List$1(type).ctor)();
  values.forEach((value) => list.add(value));
  return list;
}

/** `{ name: type }` as the text of a KQL row schema; every name is quoted, so that any name can be used. */
function rowSchema(columns) {
  const cell = ([name, type]) => `['${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']: ${type}`;
  return `(${Object.entries(columns).map(cell).join(', ')})`;
}

function tableSymbol(name, columns) {
  const symbol = new Symbols.TableSymbol.$ctor7(name, rowSchema(columns), null);
  const got = items(symbol.Columns).length;
  const wanted = Object.keys(columns).length;
  if (got !== wanted) throw new Error(`table ${name}: ${wanted} columns given, ${got} understood`);
  return symbol;
}

/** A function is known by what it takes and gives; a body is only needed when the binder must look into it. */
function functionSymbol(name, { params = '()', columns, scalar, body }) {
  let text;
  if (body !== undefined) text = body;
  else if (columns !== undefined) text = `datatable${rowSchema(columns)}[]`;
  else if (scalar !== undefined) text = scalar === 'string' ? '""' : `${scalar}(null)`;
  else throw new Error(`function ${name}: needs one of columns, scalar, body`);
  return new Symbols.FunctionSymbol.$ctor16(name, params, `{ ${text} }`, null);
}

/** Takes away what the product described by the schema does not offer. */
function without(globals, absent) {
  const kept = (all, names) =>
    listOf(Symbols.FunctionSymbol, items(all).filter((symbol) => !names.includes(symbol.Name)));
  const { functions = [], aggregates = [], plugins = [] } = absent;
  let result = globals;
  if (functions.length > 0) result = result.WithFunctions(kept(result.Functions, functions));
  if (aggregates.length > 0) result = result.WithAggregates(kept(result.Aggregates, aggregates));
  if (plugins.length > 0) result = result.WithPlugIns(kept(result.PlugIns, plugins));
  return result;
}

const known = new Map();

function globalsFor(file) {
  if (file === undefined || file === null) return Language.GlobalState.Default;
  if (!known.has(file)) {
    const schema = JSON.parse(readFileSync(file, 'utf8'));
    const members = [
      ...Object.entries(schema.tables ?? {}).map(([name, columns]) => tableSymbol(name, columns)),
      ...Object.entries(schema.functions ?? {}).map(([name, shape]) => functionSymbol(name, shape)),
    ];
    const database = new Symbols.DatabaseSymbol.ctor(schema.database ?? 'database', members);
    known.set(file, without(Language.GlobalState.Default.WithDatabase(database), schema.absent ?? {}));
  }
  return known.get(file);
}

/** One finding with its place as line and column, both from 1, columns counted in characters. */
function finding(query, diagnostic) {
  const before = query.slice(0, diagnostic.Start);
  const lineStart = before.lastIndexOf('\n') + 1;
  return {
    code: diagnostic.Code,
    severity: diagnostic.Severity,
    line: before.split('\n').length,
    column: [...before.slice(lineStart)].length + 1,
    text: query.slice(diagnostic.Start, diagnostic.Start + diagnostic.Length),
    message: diagnostic.Message,
  };
}

function check({ query, schema }) {
  if (typeof query !== 'string') throw new Error('request has no "query"');
  const code = Language.KustoCode.ParseAndAnalyze(query, globalsFor(schema));
  const bound = items(code.GetDiagnostics());
  const service = new Language.Editor.KustoCodeService.ctor(code);
  const linted = items(service.GetAnalyzerDiagnostics(true));
  const report = (list) => list.map((diagnostic) => finding(query, diagnostic));
  const isError = (diagnostic) => diagnostic.Severity === 'Error';
  const result = code.ResultType;
  const columns = result?.Columns === undefined
    ? null
    : items(result.Columns).map((column) => [column.Name, column.Type?.Name ?? null]);
  return {
    errors: report(bound.filter(isError)),
    warnings: report([...bound.filter((diagnostic) => !isError(diagnostic)), ...linted]),
    columns,
  };
}

for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() === '') continue;
  let id = null;
  let answer;
  try {
    const request = JSON.parse(line);
    id = request.id ?? null;
    answer = { id, ...check(request) };
  } catch (error) {
    answer = { id, error: String(error?.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
