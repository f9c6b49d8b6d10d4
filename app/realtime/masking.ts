// A telephone number as somebody sees it who may not see it: the country and the last digits, enough to tell two callers
// apart, too little to call back.

/** `+4915123451234` → `+49 *** 1234`; short numbers show nothing at all. */
export function maskNumber(number: string): string {
  const digits = number.replace(/\D/g, '');
  if (digits.length < 7) return '***';
  const tail = digits.length >= 10 ? 4 : 2;
  const country = number.trim().startsWith('+') && digits.length >= 10 ? `+${countryCode(digits)} ` : '';
  return `${country}*** ${digits.slice(-tail)}`;
}

/** A caller's name is often her number again (the network's display name): what reads like one is masked. */
export function maskName(name: string): string {
  return name.replace(/\+?\d(?:[\s().\-/]*\d){4,}/g, maskNumber);
}

/** ITU-T E.164: zones 1 and 7 have codes of one digit; two digits stand for all others here, which gives nothing away. */
const countryCode = (digits: string): string => digits.slice(0, /^[17]/.test(digits) ? 1 : 2);
