// Which of several failures the caller is told (RFC 3261 section 16.7 step 6), and what the others add to it.
import { cloneResponse, type SipResponse } from '@cordboard/sip-stack';

/** Failures that tell the caller how to do better are preferred within their class. */
const INSTRUCTIVE: ReadonlySet<number> = new Set([401, 407, 415, 420, 484]);

/** The response to forward; undefined when there is none. Challenges of all branches are gathered into it (step 7). */
export function bestResponse(responses: readonly SipResponse[]): SipResponse | undefined {
  const [best] = [...responses].sort((a, b) => rank(a.status) - rank(b.status));
  if (!best || (best.status !== 401 && best.status !== 407)) return best;
  const gathered = cloneResponse(best);
  for (const other of responses) {
    if (other === best || (other.status !== 401 && other.status !== 407)) continue;
    for (const name of ['WWW-Authenticate', 'Proxy-Authenticate']) {
      for (const value of other.headers.all(name)) gathered.headers.append(name, value);
    }
  }
  return gathered;
}

// 6xx first, then the lowest class; 503 says least of all about the callee, so it goes last of its class.
function rank(status: number): number {
  if (status >= 600) return 0;
  if (INSTRUCTIVE.has(status)) return 401;
  if (status === 408) return 498;
  if (status === 503) return 599;
  return status < 400 ? status : status + 1;
}
