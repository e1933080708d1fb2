// Two rules that types cannot hold: texts live in the catalogue (src/i18n), and figures are never added up in a feature.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../src');
const READ_OUT = new Set(['aria-label', 'title', 'label', 'placeholder', 'alt', 'helperText', 'text', 'message', 'caption', 'aria-valuetext']);
const SPOKEN = /\p{L}{2,}/u;
const found = [];

for (const name of readdirSync(root, { recursive: true })) {
  if (!/\.tsx?$/.test(name) || /\.test\.|testing\/|generated/.test(name)) continue;
  const path = join(root, name);
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const report = (node, why) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.push(`src/${name}:${line + 1}: ${why}`);
  };
  const visit = (node) => {
    if (ts.isJsxText(node) && SPOKEN.test(node.text)) report(node, `text outside the catalogue: ${node.text.trim()}`);
    if (ts.isJsxAttribute(node) && READ_OUT.has(node.name.getText(source)) && node.initializer && ts.isStringLiteral(node.initializer)) {
      if (SPOKEN.test(node.initializer.text)) report(node, `text outside the catalogue: ${node.getText(source)}`);
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && name.startsWith('features/')) {
      if (/^reduce(Right)?$/.test(node.expression.name.text)) report(node, 'a total is the hub’s to compute, not the page’s');
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;
else console.log('all texts are in the catalogue; no feature adds figures up');
