// This machine: the runtime, and the folder everything is kept in.

import { accessSync, constants, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { note, well, wrong, type Finding } from '../finding.ts';
import type { Check } from '../examine.ts';

/** What package.json asks for. */
const leastNode = [20, 19] as const;
const lowBytes = 1024 ** 3;
const scarceBytes = 100 * 1024 ** 2;

export const nodeVersion: Check = {
  name: 'node',
  look: async () => [judgeNode(process.versions.node)],
};

/** @param version as process.versions.node has it */
export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [least, leastMinor] = leastNode;
  if (major > least || (major === least && minor >= leastMinor))
    return well('node.version', `Node ${version}.`);
  return wrong(
    'node.version',
    `Node ${version} is too old.`,
    `Install Node ${leastNode.join('.')} or later, then start Cordboard again.`,
  );
}

export const dataFolder: Check = {
  name: 'data',
  async look({ config, isRunning }) {
    const folder = config.dataFolder;
    const state = stateOf(folder);
    if (state === 'closed') return [notWritable(folder)];
    if (state === 'absent') {
      if (isRunning) return [gone(folder)];
      return [note('data.absent', `The data folder ${folder} is not there yet; the first start makes it.`)];
    }
    const unwritable = [
      folder,
      ...['secrets', 'recordings', 'log'].map((name) => path.join(folder, name)),
    ].filter((each) => stateOf(each) !== 'absent' && !isWritable(each));
    if (unwritable.length > 0) return unwritable.map(notWritable);
    const { bavail, bsize } = await statfs(folder);
    return [judgeSpace(folder, bavail * bsize)];
  },
};

const gone = (folder: string): Finding =>
  wrong(
    'data.gone',
    `Cordboard runs, and its data folder ${folder} is gone.`,
    'Stop it, bring the folder back from a backup, start again.',
  );

const notWritable = (folder: string): Finding =>
  wrong(
    'data.read-only',
    `${folder} cannot be written by this user.`,
    'Run this as the user Cordboard runs as; if it is that one: chown the folder, and see whether its file system is mounted read-only.',
  );

/** @param free bytes this user may still write */
export function judgeSpace(folder: string, free: number): Finding {
  const megabytes = Math.floor(free / 1024 ** 2);
  const seen = `${megabytes} MB free for the data folder ${folder}.`;
  const todo =
    'Make room: recordings are the bulk of it. A full disk keeps calls going and loses their records.';
  if (free < scarceBytes) return wrong('data.space', `Only ${seen}`, todo);
  return free < lowBytes ? note('data.space', seen, todo) : well('data.space', seen);
}

/** `closed`: the way to it may not be gone by this user. */
function stateOf(file: string): 'there' | 'absent' | 'closed' {
  try {
    return statSync(file, { throwIfNoEntry: false }) ? 'there' : 'absent';
  } catch {
    return 'closed';
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
