import type { Dialog } from './dialog/types.ts';
import type {
  Body,
  HeaderFields,
  NameAddr,
  Params,
  ParseResult,
  SipMessage,
  SipRequest,
  SipResponse,
  Uri,
  Via,
} from './message/types.ts';
import type { SipStack, StackOptions } from './types.ts';
export declare function parseMessage(bytes: Uint8Array): ParseResult;
export declare function serialise(message: SipMessage): Buffer;
export declare function parseUri(text: string): Uri | undefined;
export declare function formatUri(uri: Uri): string;
export declare function parseNameAddr(text: string): NameAddr | undefined;
export declare function formatNameAddr(value: {
  display?: string;
  uri: string;
  params?: Params | Readonly<Record<string, string | null>>;
}): string;
export declare function parseVia(text: string): Via | undefined;
export declare function splitList(text: string): string[];
export declare function createRequest(parts: {
  method: string;
  uri: string;
  from: string;
  to: string;
  callId: string;
  cseq: number;
  maxForwards?: number;
  headers?: HeaderFields;
  body?: Body;
}): SipRequest;
export declare function createResponse(
  request: SipRequest,
  status: number,
  options?: {
    reason?: string;
    toTag?: string;
    headers?: HeaderFields;
    body?: Body;
    recordRoute?: boolean;
  },
): SipResponse;
export declare function cloneRequest(request: SipRequest): SipRequest;
export declare function cloneResponse(response: SipResponse): SipResponse;
export declare function setBody(message: SipMessage, body: Body | undefined): void;
export declare function bodyText(message: SipMessage): string;
export declare function reasonPhrase(status: number): string;
export declare function dialogKey(callId: string, localTag: string, remoteTag: string): string;
export declare function dialogKeyOfRequest(request: SipRequest): string | undefined;
export declare function dialogAsUas(request: SipRequest, response: SipResponse): Dialog;
export declare function dialogAsUac(request: SipRequest, response: SipResponse): Dialog;
export declare function createSipStack(options: StackOptions): SipStack;
