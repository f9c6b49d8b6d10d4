// A real browser for tests: the system's Chromium without a window, its microphone a tone from a file or from WebAudio, and ears inside
// the page that measure what is heard.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser's path, or undefined where there is none: a test then says that it is skipped, and why. */
export const chromiumPath = (): string | undefined => candidates.find((file) => existsSync(file));

/** Why no page can be opened here; undefined when one can. */
export const withoutChromium = (): string | undefined =>
  chromiumPath() === undefined ? 'no Chromium is installed' : undefined;

export interface LaunchOptions {
  /** WAV file heard as the microphone (toneWav); without it the fake device beeps once a second. */
  readonly microphone?: string;
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--no-first-run',
  // On a machine that has nothing but loopback.
  '--allow-loopback-in-peer-connection',
];

export class TestBrowser {
  readonly browser: Browser;
  readonly #folder: string;

  private constructor(browser: Browser, folder: string) {
    this.browser = browser;
    this.#folder = folder;
  }

  /** @throws Error when no Chromium is installed */
  static async launch({ microphone }: LaunchOptions = {}): Promise<TestBrowser> {
    const executablePath = chromiumPath();
    if (executablePath === undefined) throw new Error(`no Chromium at ${candidates.join(', ')}`);
    const folder = mkdtempSync(path.join(tmpdir(), 'cordboard-chromium-'));
    const sound = microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}`];
    const browser = await chromium.launch({
      executablePath,
      headless: true,
      args: [...flags, ...sound],
      // Crash reports and caches go where they are removed again.
      env: { ...process.env, HOME: folder },
    });
    return new TestBrowser(browser, folder);
  }

  /** A fresh person: no cookies, no storage, microphone allowed. Errors of its pages are collected. */
  async person(origin?: string): Promise<Person> {
    const context = await this.browser.newContext();
    await context.grantPermissions(['microphone'], origin === undefined ? {} : { origin });
    await context.addInitScript(ears);
    await context.addInitScript(keepPeers);
    return new Person(context);
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One person's browser profile with its page. */
export class Person {
  readonly context: BrowserContext;
  /** Uncaught errors and console errors of her pages. */
  readonly complaints: string[] = [];

  constructor(context: BrowserContext) {
    this.context = context;
  }

  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

export interface Ears {
  strength(hertz: number): number;
}

declare global {
  interface Window {
    testEars: Ears;
    /** Every peer connection the page has made. */
    testPeers: RTCPeerConnection[];
    /** The page may put the stream it listens to here; audio elements are found without. */
    testStream?: MediaStream;
  }
}

/** Runs in every page before its own scripts. */
function keepPeers(): void {
  const peers: RTCPeerConnection[] = (window.testPeers = []);
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      peers.push(this);
    }
  };
}

/** Audio packets the page's latest call has sent, and when they were counted, milliseconds. */
export const sentByPage = (page: Page): Promise<{ readonly packets: number; readonly at: number }> =>
  page.evaluate(async () => {
    const stats = [...((await window.testPeers.at(-1)?.getStats()) ?? new Map()).values()] as {
      type: string;
      packetsSent: number;
      timestamp: number;
    }[];
    const sent = stats.find(({ type }) => type === 'outbound-rtp');
    return { packets: sent?.packetsSent ?? 0, at: sent?.timestamp ?? 0 };
  });

/** Runs in every page before its own scripts. */
function ears(): void {
  let context: AudioContext | undefined;
  let analyser: AnalyserNode | undefined;
  let listened: MediaStreamTrack | undefined;
  const stream = (): MediaStream | undefined => {
    if (window.testStream) return window.testStream;
    const elements = [...document.querySelectorAll('audio, video')] as HTMLMediaElement[];
    const sources = elements.map((element) => element.srcObject);
    return sources.find(
      (source): source is MediaStream => source instanceof MediaStream && source.getAudioTracks().length > 0,
    );
  };
  const listen = (): AnalyserNode | undefined => {
    const heard = stream();
    const track = heard?.getAudioTracks()[0];
    if (!track) return undefined;
    // By identity: two calls' tracks may carry the same id.
    if (listened !== track) {
      context ??= new AudioContext();
      analyser?.disconnect();
      analyser = context.createAnalyser();
      analyser.fftSize = 8192;
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      listened = track;
    }
    return analyser;
  };
  window.testEars = {
    strength(hertz) {
      const node = listen();
      if (!node || !context) return 0;
      const samples = new Float32Array(node.fftSize);
      node.getFloatTimeDomainData(samples);
      const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / context.sampleRate);
      let previous = 0;
      let before = 0;
      for (const sample of samples) {
        const current = sample + coefficient * previous - before;
        before = previous;
        previous = current;
      }
      const power = previous ** 2 + before ** 2 - coefficient * previous * before;
      return (2 * Math.sqrt(Math.max(power, 0))) / samples.length;
    },
  };
}

/**
 * A WAV file (48 kHz, mono, 16 bit) of a steady tone for `--use-file-for-fake-audio-capture`; Chromium repeats it. Whole
 * periods, so that the seam is not heard.
 * @returns its path; the same file for the same tone
 */
export function toneWav(hertz: number, amplitude = 0.3): string {
  const rate = 48_000;
  const samples = rate * 2;
  const data = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i += 1) {
    data.writeInt16LE(Math.round(32_767 * amplitude * Math.sin((2 * Math.PI * hertz * i) / rate)), i * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  const name = createHash('sha256').update(`${hertz} ${amplitude}`).digest('hex').slice(0, 12);
  const file = path.join(tmpdir(), `cordboard-tone-${name}.wav`);
  writeFileSync(file, Buffer.concat([header, data]));
  return file;
}

/** Keeps a picture of the page below test-results/, for a person to look at. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const file = path.resolve('test-results', `${name}.png`);
  await page.screenshot({ path: file, fullPage: true });
  return file;
}
