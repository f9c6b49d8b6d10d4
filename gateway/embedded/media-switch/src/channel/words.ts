// A command line in words, as FreeSWITCH cuts it.

/** Splits on blanks; single quotes group and are removed, `\'` is a quote. */
export function splitArguments(line: string): string[] {
  const words: string[] = [];
  let word = '';
  let inWord = false;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (character === '\\' && line[i + 1] === "'") {
      word += "'";
      inWord = true;
      i++;
    } else if (character === "'") {
      quoted = !quoted;
      inWord = true;
    } else if (character === ' ' && !quoted) {
      if (inWord) words.push(word);
      word = '';
      inWord = false;
    } else {
      word += character;
      inWord = true;
    }
  }
  if (inWord) words.push(word);
  return words;
}
