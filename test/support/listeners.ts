// A supervisor who joins calls, with her desk phone or from her page: the same words for both.

import type { MonitorMode } from '../../app/contract/call-control.ts';
import { atPage, atPhone, type Party } from './hearing.ts';
import type { Scene } from './scene.ts';
import { browserOf, callIsOverIn } from './seats.ts';

export interface Listener extends Party {
  /** Joins, heard by nobody. */
  listens(sessionId: string): Promise<void>;
  changes(sessionId: string, mode: MonitorMode): Promise<void>;
  leaves(sessionId: string): Promise<void>;
  takesOver(sessionId: string): Promise<void>;
  /** Waits until her device has no call any more. */
  callIsOver(): Promise<void>;
}

const user = 'supervisor';

/** Asked for without the page. */
export async function listenerAtDesk(scene: Scene, tone: number): Promise<Listener> {
  const phone = await scene.deskPhone(user, { toneHz: tone });
  const callIsOver = async (): Promise<void> => {
    await phone.callEnded(20_000);
  };
  return {
    ...atPhone('the supervisor at her desk', phone, tone),
    async listens(sessionId) {
      await scene.board.must('monitor', { sessionId, device: 'sip', mode: 'listen' });
      await phone.ringing(20_000);
      await phone.answer();
    },
    changes: (sessionId, mode) => scene.board.must('monitorMode', { sessionId, mode }),
    async leaves(sessionId) {
      await scene.board.must('stopMonitoring', { sessionId });
      await callIsOver();
    },
    takesOver: (sessionId) => scene.board.must('takeOver', { sessionId }),
    callIsOver,
  };
}

const modeButtons: Readonly<Record<MonitorMode, string>> = {
  listen: 'Listen',
  whisper: 'Whisper',
  barge: 'Barge in',
};

/** Everything clicked on her page, which is her phone as well. */
export async function listenerInBrowser(scene: Scene, tone: number): Promise<Listener> {
  const page = await browserOf(scene, '/supervisor', user, tone);
  const press = (sessionId: string, name: string): Promise<void> =>
    page.locator(`[data-session="${sessionId}"]`).getByRole('button', { name, exact: true }).click();
  const isIn = async (mode: MonitorMode): Promise<void> => {
    await page.waitForSelector(`[data-monitoring=${mode}]`);
  };
  const callIsOver = (): Promise<void> => callIsOverIn(page);
  return {
    ...atPage('the supervisor in her browser', page, tone),
    async listens(sessionId) {
      await press(sessionId, 'Listen');
      await isIn('listen');
    },
    async changes(sessionId, mode) {
      await press(sessionId, modeButtons[mode]);
      await isIn(mode);
    },
    async leaves(sessionId) {
      await press(sessionId, 'Leave');
      await callIsOver();
      // Until the board says so too, *Listen* is the button of the mode she was in.
      await page.waitForSelector('[data-monitoring]', { state: 'detached' });
    },
    takesOver: (sessionId) => press(sessionId, 'Take over'),
    callIsOver,
  };
}
