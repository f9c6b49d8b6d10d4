// The part of janus-gateway 1.4 we use. The package's own types describe a CommonJS module, which it is not, and call the
// peer connection present when it is null.

declare module 'janus-gateway' {
  export interface SessionDescription {
    readonly type?: string;
    readonly sdp?: string;
  }

  export interface AudioTrack {
    readonly type: 'audio';
    readonly capture: MediaStreamTrack;
    readonly recv: boolean;
    /** The track stays alive when janus.js cleans up. */
    readonly dontStop: boolean;
  }

  interface Described {
    /** May change the description before it is ours. */
    readonly customizeSdp: (jsep: { sdp: string }) => void;
    readonly success: (jsep: SessionDescription) => void;
    readonly error: (error: unknown) => void;
  }

  export interface PluginHandle {
    readonly webrtcStuff: { readonly pc: RTCPeerConnection | null };
    send(request: {
      readonly message: { readonly request: string; readonly code?: number };
      readonly jsep?: SessionDescription;
      readonly error: (reason: string) => void;
    }): void;
    createOffer(options: { readonly tracks: readonly AudioTrack[] } & Described): void;
    createAnswer(
      options: { readonly jsep: SessionDescription; readonly tracks: readonly AudioTrack[] } & Described,
    ): void;
    handleRemoteJsep(options: {
      readonly jsep: SessionDescription;
      readonly error: (error: unknown) => void;
    }): void;
    dtmf(options: {
      readonly dtmf: { readonly tones: string; readonly duration: number; readonly gap: number };
    }): void;
    /** Closes the peer connection; `true` also tells Janus. */
    hangup(sendRequest: boolean): void;
  }

  export default class Janus {
    static init(options: {
      readonly debug: boolean;
      readonly dependencies: object;
      readonly callback: () => void;
    }): void;
    static useDefaultDependencies(dependencies: {
      readonly adapter: unknown;
      readonly WebSocket: (this: unknown, address: string) => WebSocket;
    }): object;
    static isWebrtcSupported(): boolean;

    constructor(options: {
      readonly server: string;
      readonly iceServers: readonly RTCIceServer[];
      readonly destroyOnUnload: boolean;
      readonly keepAlivePeriod: number;
      readonly success: () => void;
      readonly error: (reason: unknown) => void;
    });
    attach(options: {
      readonly plugin: string;
      readonly success: (handle: PluginHandle) => void;
      readonly error: (reason: string) => void;
      readonly webrtcState: (up: boolean) => void;
      readonly onmessage: (message: object, jsep?: SessionDescription) => void;
      readonly onremotetrack: (track: MediaStreamTrack, mid: string, on: boolean) => void;
    }): void;
    reconnect(options: { readonly success: () => void; readonly error: (reason: string) => void }): void;
    destroy(options: {
      readonly cleanupHandles: boolean;
      readonly notifyDestroyed: boolean;
      readonly unload: boolean;
    }): void;
  }
}
