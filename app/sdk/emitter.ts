// A typed emitter in a few lines: a map of event names to listeners' arguments.

export type Listener<Payload> = (payload: Payload) => void;

export class Emitter<Events extends object> {
  readonly #listeners: { [Name in keyof Events]?: Set<Listener<Events[Name]>> } = {};

  /** @returns the disposer */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const known = (this.#listeners[name] ??= new Set());
    known.add(listener);
    return () => known.delete(listener);
  }

  /** In the order of on(); a listener may leave, or others join, while it runs. */
  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of [...(this.#listeners[name] ?? [])]) listener(payload);
  }

  /** Everybody leaves. */
  clear(): void {
    for (const name of Object.keys(this.#listeners) as (keyof Events)[]) delete this.#listeners[name];
  }
}
