// The stand-alone server: `npm run sip-server -- --sip 127.0.0.1:5070 --control 127.0.0.1:9022 --secret S`.
// Prints `ready` when up; SIGTERM and SIGINT end it cleanly; a mistake is one line on standard error and code 1 or 2.
import { parseArguments, USAGE, UsageError } from './options.ts';
import { type SipServer, startSipServer } from './server.ts';

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const server = await startSipServer(options);
  const stop = (): void => void server.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.on('SIGHUP', () => reload(server));
  const { sip, control, tls, ws, wss } = server.addresses;
  const others = Object.entries({ tls, ws, wss }).flatMap(([name, at]) =>
    at ? [`${name} ${at.host}:${at.port}`] : [],
  );
  const parts = [
    `sip ${sip.host}:${sip.port} (udp, tcp)`,
    ...others,
    `control ${control.host}:${control.port}`,
  ];
  process.stdout.write(`${parts.join(', ')}\nready\n`);
}

/** SIGHUP: certificates are read again; ones that cannot be used leave the old ones in use. */
function reload(server: SipServer): void {
  try {
    server.reloadCertificates();
    process.stdout.write('certificates read again\n');
  } catch (error) {
    process.stderr.write(`sip-server: certificates not usable, the old ones stay: ${explain(error).text}\n`);
  }
}

function explain(error: unknown): { text: string; code: number } {
  if (error instanceof UsageError) return { text: error.message, code: 2 };
  const { code, path, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (path !== undefined) return { text: `${path} cannot be read (${code ?? 'error'})`, code: 2 };
  if (code?.startsWith('ERR_OSSL')) return { text: `certificate and key cannot be used (${code})`, code: 2 };
  const where = address === undefined ? '' : ` ${address}:${port ?? ''}`;
  if (code === 'EADDRINUSE') return { text: `port taken:${where} is in use by another program`, code: 1 };
  if (code === 'EADDRNOTAVAIL')
    return { text: `address not available:${where} is no address of this machine`, code: 1 };
  if (code === 'EACCES')
    return { text: `permission denied:${where} may not be opened by this user`, code: 1 };
  if (code === 'ENOTFOUND') return { text: `unknown host:${where} cannot be resolved`, code: 1 };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: 1 };
}

main().catch((error: unknown) => {
  const { text, code } = explain(error);
  process.stderr.write(`sip-server: ${text}\n`);
  process.exitCode = code;
});
