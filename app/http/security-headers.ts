// What every answer carries so that a browser keeps our pages to themselves: no inline script, no foreign frame, no
// referrer (a customer link is a secret), no guessing of types.

import type { Middleware } from 'koa';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "media-src 'self' blob: mediastream:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** @param secure pages are reached over HTTPS: browsers are told to stay there */
export function securityHeaders(secure: boolean): Middleware {
  return async (context, next) => {
    context.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Permissions-Policy': 'microphone=(self), camera=(self), display-capture=(self), geolocation=()',
      'Cache-Control': 'no-store',
      ...(secure && { 'Strict-Transport-Security': 'max-age=31536000' }),
    });
    await next();
  };
}
