// What a person sees when everything is up, and what a script finds in CORDBOARD_READY_FILE: the same, as text and as JSON.

import { z } from 'zod';

/** Sent by the control plane when it serves; checked because it crosses a process border. */
export const readySchema = z.object({
  kind: z.literal('ready'),
  url: z.string(),
  customerLink: z.string().optional(),
  logins: z.array(z.object({ username: z.string(), role: z.string(), password: z.string().optional() })),
  sip: z.object({
    server: z.string(),
    transports: z.array(z.string()),
    realm: z.string(),
    users: z.array(z.object({ user: z.string(), password: z.string().optional() })),
  }),
});
export type Ready = z.infer<typeof readySchema>;

export function banner(ready: Ready, logFolder: string): string {
  const lines = ['', 'Cordboard is running.', ''];
  const row = (label: string, value: string): void => void lines.push(`  ${label.padEnd(14)}${value}`);
  if (ready.customerLink !== undefined) row('Customers', ready.customerLink);
  row('Agents', `${ready.url}/agent`);
  row('Supervisors', `${ready.url}/supervisor`);
  lines.push('');
  for (const { username, role, password } of ready.logins) {
    row(role, `${username} / ${password ?? '(password set earlier)'}`);
  }
  lines.push('');
  const { sip } = ready;
  row('SIP phone', `server ${sip.server} (${sip.transports.join(', ')}), realm ${sip.realm}`);
  for (const { user, password } of sip.users) {
    row('', `user ${user}, password ${password ?? '(password set earlier)'}`);
  }
  lines.push('', `  Logs are in ${logFolder}. Ctrl-C ends everything.`, '');
  return lines.join('\n');
}
