// Generates src/api/generated.ts from the hub's openapi.json; `--check` fails when the committed file differs.
import { generateEndpoints } from '@rtk-query/codegen-openapi';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const schema = resolve(root, process.env.VYAVS_OPENAPI ?? '../hub/openapi.json');
const target = resolve(root, 'src/api/generated.ts');
const checking = process.argv.includes('--check');

const scratch = mkdtempSync(join(root, 'src/api/.generated-'));
try {
  const outputFile = join(scratch, 'generated.ts');
  await generateEndpoints({
    schemaFile: schema,
    apiFile: '../base.ts',
    apiImport: 'baseApi',
    outputFile,
    exportName: 'generatedApi',
    hooks: true,
    // Spoken by other code (`stream.ts`, `session.ts`), by devices and programs, or gone to by the browser itself.
    filterEndpoints: (name) => !['stream', 'refresh', 'openapiJson', 'healthz', 'enrol', 'token', 'start', 'callback'].includes(name),
    // The default splices raw ids into paths. Queries are encoded by fetchBaseQuery; doing it here too would do it twice.
    encodePathParams: true,
  });
  const fresh = readFileSync(outputFile, 'utf8').replace(/from "[./]*\/base"/, "from './base'");
  if (checking) {
    if (readFileSync(target, 'utf8') !== fresh) {
      console.error(`src/api/generated.ts does not match ${schema}; run: npm run api`);
      process.exitCode = 1;
    } else console.log('src/api/generated.ts matches the hub’s openapi.json');
  } else {
    writeFileSync(target, fresh);
    console.log(`src/api/generated.ts written from ${schema}`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
