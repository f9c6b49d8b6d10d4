// The script-tag file: puts the classes on the page, as the older SDK does. `var verto = new Verto()` is the page's own.

import { Verto } from './verto.ts';
import { VertoCallcenter } from './callcenter.ts';
import { VertoDialog } from './dialog.ts';
import { VertoError } from './errors.ts';

Object.assign(globalThis, { Verto, VertoCallcenter, VertoDialog, VertoError });
