import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/** One import or re-export of a file of the same tree; paths are relative to the root of the tree. */
export interface ImportEdge {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/** The rooms, bottom up, and what each may import besides itself. A room marked `type:` may be imported for types only. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  bson: ['core'],
  wire: ['core', 'bson'],
  options: ['core', 'bson'],
  connection: ['core', 'bson', 'wire', 'options'],
  pool: ['core', 'options', 'connection'],
  topology: ['core', 'bson', 'options', 'connection', 'pool'],
  sessions: ['core', 'bson', 'options'],
  operations: ['core', 'bson', 'type:wire', 'options'],
  execute: ['core', 'bson', 'wire', 'options', 'connection', 'pool', 'topology', 'sessions', 'operations'],
  cursors: [
    'core',
    'bson',
    'wire',
    'options',
    'connection',
    'pool',
    'topology',
    'sessions',
    'operations',
    'execute',
  ],
  logging: ['core', 'bson', 'options', 'connection', 'pool', 'topology'],
  client: [
    'core',
    'bson',
    'wire',
    'options',
    'connection',
    'pool',
    'topology',
    'sessions',
    'operations',
    'execute',
    'cursors',
    'logging',
  ],
  testing: ['core'],
};

/** The files users import; nothing inside may. */
const BARRELS = ['index.ts', 'bson.ts', 'testing.ts'];

/** Every edge between files below `root`, type imports, re-exports and dynamic imports included. */
export const readImportGraph = (root: string): ImportEdge[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.split(sep).join('/'))
    .sort()
    .flatMap((from) => importsOf(root, from));

const importsOf = (root: string, from: string): ImportEdge[] => {
  const source = ts.createSourceFile(
    from,
    readFileSync(join(root, from), 'utf8'),
    ts.ScriptTarget.Latest,
    false,
    ts.ScriptKind.TS,
  );
  const edges: ImportEdge[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.')) return;
    const target = join(root, dirname(from), specifier.text.replace(/\.js$/, '.ts'));
    edges.push({ from, to: relative(root, target).split(sep).join('/'), typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyImport(node));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edges;
};

const isTypeOnlyImport = ({ importClause }: ts.ImportDeclaration): boolean => {
  if (!importClause) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  return (
    !name &&
    !!namedBindings &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  );
};

const roomOf = (path: string): string => path.split(posix.sep)[0] ?? '';

/** Edges the table of rooms forbids, and imports of barrels, one line each. */
export const forbiddenImports = (edges: readonly ImportEdge[]): string[] =>
  edges.flatMap(({ from, to, typeOnly }) => {
    const line = `${from} imports ${to}`;
    if (BARRELS.includes(from)) return [];
    if (to.startsWith('..')) return [`${line}: outside of the tree`];
    if (BARRELS.includes(to)) return [`${line}: a barrel`];
    const [room, target] = [roomOf(from), roomOf(to)];
    const allowed = ROOMS[room];
    if (!allowed) return [`${line}: ${room} is not a room`];
    if (target === room || allowed.includes(target) || (typeOnly && allowed.includes(`type:${target}`)))
      return [];
    return [`${line}: ${room} may not import ${target}`];
  });

/** Groups of files that import each other in a circle (strongly connected components, after Tarjan). */
export const importCycles = (edges: readonly ImportEdge[]): string[][] => {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) {
    targets.set(from, [...(targets.get(from) ?? []), to]);
    if (!targets.has(to)) targets.set(to, []);
  }
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  const visit = (file: string): void => {
    const own = index.size;
    index.set(file, own);
    low.set(file, own);
    stack.push(file);
    for (const next of targets.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file) ?? own, low.get(next) ?? own));
    }
    if (low.get(file) !== own) return;
    const component = stack.splice(stack.indexOf(file));
    if (component.length > 1 || targets.get(file)?.includes(file)) cycles.push(component.sort());
  };
  for (const file of targets.keys()) if (!index.has(file)) visit(file);
  return cycles;
};
