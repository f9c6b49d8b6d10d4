// Which application gets a new request: per verb, the applications that asked for it, each in turn.

interface Ring<App> {
  readonly apps: App[];
  next: number;
}

/** Verb → applications. An application registers for a verb once, however often it asks. */
export class RouteRegistry<App> {
  readonly #rings = new Map<string, Ring<App>>();

  /** Gives `app` a share of the requests of `verb` (case-insensitive). Repeating it changes nothing. */
  add(verb: string, app: App): void {
    const name = verb.toLowerCase();
    const ring = this.#rings.get(name);
    if (ring === undefined) this.#rings.set(name, { apps: [app], next: 0 });
    else if (!ring.apps.includes(app)) ring.apps.push(app);
  }

  /** Takes `app` out of the turn of `verb`. */
  remove(verb: string, app: App): void {
    const name = verb.toLowerCase();
    const ring = this.#rings.get(name);
    if (ring === undefined) return;
    const at = ring.apps.indexOf(app);
    if (at === -1) return;
    ring.apps.splice(at, 1);
    if (ring.apps.length === 0) this.#rings.delete(name);
    else if (at < ring.next) ring.next -= 1;
  }

  /** Takes `app` out of every turn: its connection is gone. */
  removeAll(app: App): void {
    for (const verb of [...this.#rings.keys()]) this.remove(verb, app);
  }

  /** The application whose turn it is for `verb`, or undefined when none asked for it. */
  pick(verb: string): App | undefined {
    const ring = this.#rings.get(verb.toLowerCase());
    if (ring === undefined) return undefined;
    if (ring.next >= ring.apps.length) ring.next = 0;
    const app = ring.apps[ring.next];
    ring.next += 1;
    return app;
  }
}
