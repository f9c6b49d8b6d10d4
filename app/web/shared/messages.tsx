// What callers have left: who, when, to be heard and ticked off. The same for agents and supervisors.

import { signal, useSignal, type ReadonlySignal } from '@preact/signals';
import type { Mailbox, Message } from '@cordboard/sdk';
import { Elapsed, clockTime, say } from './page.tsx';

export interface MessagesModel {
  readonly list: ReadonlySignal<readonly Message[]>;
  /** Looks again. */
  read(): void;
  handle(message: Message): Promise<void>;
  /** Where its sound is; undefined when it is not to be had. */
  url(message: Message): Promise<string | undefined>;
}

/** A message is on record a moment after its call has ended. */
const settleMs = 1_500;

/** @param attempt does it; a refusal is shown by the page */
export function messagesModel(
  mailbox: Mailbox,
  attempt: (wish: () => Promise<unknown>) => Promise<string | undefined>,
): MessagesModel {
  const list = signal<readonly Message[]>([]);
  const read = (): void => void attempt(async () => (list.value = await mailbox.open()));
  return {
    list,
    read() {
      read();
      setTimeout(read, settleMs);
    },
    async handle(message) {
      await attempt(() => mailbox.handle(message));
      read();
    },
    async url(message) {
      let url: string | undefined;
      await attempt(async () => (url = await mailbox.url(message)));
      return url;
    },
  };
}

export const Messages = ({ model }: { readonly model: MessagesModel }) =>
  model.list.value.length === 0 ? null : (
    <section class="card" data-messages={model.list.value.length}>
      <h2>{say.messages.title}</h2>
      <div class="scroll">
        <table>
          <tbody>
            {model.list.value.map((message) => (
              <Row key={message.recordingId} message={message} model={model} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );

function Row({ message, model }: { readonly message: Message; readonly model: MessagesModel }) {
  const url = useSignal<string | undefined>(undefined);
  const play = async (): Promise<void> => void (url.value = await model.url(message));
  return (
    <tr data-message={message.recordingId}>
      <td>{message.customerName ?? message.customerNumber ?? say.agent.webCaller}</td>
      <td>{message.queueId}</td>
      <td>
        <Elapsed since={message.leftAt} />
      </td>
      <td>
        {url.value === undefined ? (
          <button class="slim" onClick={() => void play()}>
            {say.messages.play} {message.durationMs === null ? '' : clockTime(message.durationMs)}
          </button>
        ) : (
          <audio controls autoplay src={url.value} />
        )}
      </td>
      <td>
        <button class="slim" onClick={() => void model.handle(message)}>
          {say.messages.handled}
        </button>
      </td>
    </tr>
  );
}
