// The account `cordboard doctor` registers and calls with: a phone of nobody's, whose password is made at the first start and lies in
// the data folder, so that only who owns the installation can use it.

import { ha1For } from '../db/directory.ts';
import type { Directory } from './ports/directory.ts';

export const checkPhone = 'cordboard-check';
/** Name of its password among the secrets. */
export const checkPhoneSecret = 'check-phone';

/** The directory with this phone in it. */
export function withCheckPhone(
  directory: Pick<Directory, 'sipCredentials'>,
  password: string,
): Pick<Directory, 'sipCredentials'> {
  const credentials = { username: checkPhone, ha1: ha1For(checkPhone, password) };
  return {
    sipCredentials: async (username) =>
      username === checkPhone ? credentials : directory.sipCredentials(username),
  };
}
