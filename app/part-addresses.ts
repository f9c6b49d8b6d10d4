// Where the parts are that the control plane cannot be without, as the settings name them.

import type { Config, ControlAddress, JanusAddress } from './config.ts';
import { StartProblem } from './supervisor/start-problem.ts';

export function drachtioAddress({ drachtio }: Config): ControlAddress {
  if (drachtio) return drachtio;
  throw new StartProblem(
    'CORDBOARD_DRACHTIO_URL is missing; `npm start` runs the embedded server and sets it',
  );
}

export function switchAddresses({ freeswitch }: Config): readonly { url: string; sip: string }[] {
  if (freeswitch.length > 0)
    return freeswitch.map(({ host, port, secret, sip }) => ({
      url: `esl://:${encodeURIComponent(secret)}@${host}:${port}`,
      sip,
    }));
  throw new StartProblem(
    'CORDBOARD_FREESWITCH_URL is missing; `npm start` runs the embedded switch and sets it',
  );
}

export function janusAddress({ janus }: Config): JanusAddress {
  if (janus) return janus;
  throw new StartProblem('CORDBOARD_JANUS_URL is missing; `npm start` runs Janus and sets it');
}
