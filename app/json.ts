/** What the text means as JSON; undefined when it means nothing: the schema behind it says what was expected. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
