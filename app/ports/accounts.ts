// People who sign in: agents, supervisors, administrators. Passwords are kept only as scrypt hashes.

export interface Account {
  readonly username: string;
  readonly displayName: string;
  readonly role: 'agent' | 'supervisor' | 'admin';
  /** Set for agents. */
  readonly agentId?: string;
  /** Queues a supervisor looks after; absent: all of them. */
  readonly queues?: readonly string[];
  /** `scrypt$N$r$p$salt$hash`, see app/auth/passwords.ts. */
  readonly passwordHash: string;
}

export interface Accounts {
  /** The account of this name (exact, case-sensitive); undefined when there is none or it is switched off. */
  account(username: string): Promise<Account | undefined>;
}
