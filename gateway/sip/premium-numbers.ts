// Numbers that pay whoever owns them, where toll fraud sends its calls: premium and shared-revenue ranges of national plans, satellite and
// international networks (ITU-T E.164 assigned codes), and small destinations with traffic-pumping on record. Not complete, and it need not be:
// the dial plan refuses whatever no route names; this list only keeps a wide route from opening them by accident.

import type { Numbering } from '../../app/ports/trunking.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Each with its `+` and country code. */
export const premiumPrefixes: readonly string[] = [
  // Global and satellite networks, universal premium and shared cost: ITU-T E.164.1, E.169.2, E.169.3.
  ...words('+808 +870 +878 +881 +882 +883 +888 +979'),
  // North America: 900 and 976; countries inside +1 that bill as abroad.
  ...words('+1900 +1976 +1242 +1246 +1264 +1268 +1284 +1345 +1441 +1473 +1649 +1658 +1664 +1721 +1758 +1767'),
  ...words('+1784 +1809 +1829 +1849 +1868 +1869 +1876'),
  // Europe: premium, shared cost, directory enquiries, personal numbers.
  ...words('+49118 +49137 +49180 +49900 +43118 +43810 +43820 +43821 +43900 +43901 +43930 +43931 +43939'),
  ...words('+4118 +41900 +41901 +41906 +44118 +4470 +4484 +4487 +449 +33118 +3381 +3382 +3389'),
  ...words('+34118 +34803 +34806 +34807 +34905 +39144 +39166 +39178 +39199 +39892 +39899'),
  ...words('+31900 +31906 +31909 +3118 +3270 +3290 +351607 +351608 +35276 +358600 +358700 +4590'),
  ...words('+46900 +46939 +46944 +47820 +47829 +48300 +48400 +48700 +48701 +48703 +48704 +48708'),
  ...words('+42090 +42190 +3690 +40900 +40903 +40906 +30901 +30909 +7803 +7809 +90900'),
  // Asia, Oceania.
  ...words('+8120990 +81990 +86168 +60600 +61190 +64900'),
  // Destinations that fraud reports name again and again.
  ...words('+220 +222 +224 +231 +232 +239 +240 +245 +246 +247 +248 +252 +257 +263 +269 +290 +297 +299'),
  ...words('+500 +501 +509 +53 +592 +597 +599 +670 +672 +674 +675 +676 +677 +678 +679 +680 +681 +682'),
  ...words('+683 +685 +686 +687 +688 +689 +690 +691 +692 +850 +960'),
];

const known = new Set(premiumPrefixes);
const longest = Math.max(...premiumPrefixes.map((prefix) => prefix.length));

/**
 * The listed prefix this number begins with, the longest one; undefined for an ordinary number. The home country is never "abroad". A zero behind
 * the country code, which carriers may drop, hides nothing.
 */
export function premiumPrefixOf(number: string, { countryCode }: Numbering): string | undefined {
  const withoutZero = /^(\+\d{1,3}?)0(.*)$/.exec(number);
  const spellings = [number, ...(withoutZero ? [`${withoutZero[1]}${withoutZero[2]}`] : [])];
  for (const spelling of spellings)
    for (let length = Math.min(longest, spelling.length); length > 1; length--) {
      const prefix = spelling.slice(0, length);
      if (known.has(prefix) && prefix !== `+${countryCode}`) return prefix;
    }
  return undefined;
}
