// Makes one executable file of the market: a bundle, put into a copy of Node
// itself ("single executable application"). A host starts a program through its
// open, hashed file, where no interpreter could find a script.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inject } from 'postject';

const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'; // what Node's documentation says
const program = process.argv[2] ?? 'bin/harbour';

mkdirSync('bin', { recursive: true });
await build({
  entryPoints: ['main.js'], outfile: 'bin/bundle.cjs', bundle: true, platform: 'node', target: 'node20', format: 'cjs',
  loader: { '.proto': 'text' }, legalComments: 'none', logLevel: 'warning',
});
writeFileSync('bin/sea.json', JSON.stringify({ main: 'bin/bundle.cjs', output: 'bin/bundle.blob', disableExperimentalSEAWarning: true }));
execFileSync(process.execPath, ['--experimental-sea-config', 'bin/sea.json'], { stdio: ['ignore', 'ignore', 'inherit'] });
rmSync(program, { force: true });
copyFileSync(process.execPath, program);
chmodSync(program, 0o755);
await inject(program, 'NODE_SEA_BLOB', readFileSync('bin/bundle.blob'), { sentinelFuse: fuse });
