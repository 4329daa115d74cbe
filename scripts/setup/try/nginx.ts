import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt } from './attempt.ts';

// Reads a configuration that passes requests on and speaks TLS, as the suite has it.
await attempt(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evald-try-nginx-'));
  try {
    const file = join(folder, 'nginx.conf');
    writeFileSync(
      file,
      `pid ${folder}/pid; error_log stderr; events {} http { access_log off; server { listen 127.0.0.1:1; location /evald/ { proxy_pass http://127.0.0.1:2; proxy_buffering off; } } }`,
    );
    execFileSync('nginx', ['-t', '-q', '-e', 'stderr', '-p', folder, '-c', file], { stdio: 'pipe' });
    const version = execFileSync('sh', ['-c', 'nginx -V 2>&1'], { encoding: 'utf8' });
    if (!version.includes('http_ssl_module')) throw new Error('this nginx speaks no TLS');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
