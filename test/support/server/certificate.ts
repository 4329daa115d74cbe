import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { opensslPath } from '../needs.ts';

/** Files of a certificate that signs itself, and of its key. */
export type Certificate = { cert: string; key: string };

/** Makes a certificate for localhost, valid for two days. */
export async function makeCertificate(folder: string, name: string): Promise<Certificate> {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const how = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const whose = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,DNS:evald.example.org,IP:127.0.0.1'];
  await promisify(execFile)(opensslPath, ['req', ...how, ...whose, '-keyout', key, '-out', cert]);
  await chmod(key, 0o600);
  return { cert, key };
}
