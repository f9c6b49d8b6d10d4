// What can be measured of a page that is on the screen, in the page itself: WCAG 2.2 AA as far as a machine can tell.

/** Runs in the page. @returns what is wrong, in words; nothing: all is well */
export function audit(): string[] {
  const wrong: string[] = [];
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!canvas) throw new Error('no canvas');

  const mixed = new Map<string, readonly number[]>();
  /** Any CSS colour over another one, as red, green, blue. Looked at once: reading a canvas is slow. */
  const over = (colour: string, ground: string): readonly number[] => {
    const key = `${colour} over ${ground}`;
    const known = mixed.get(key);
    if (known) return known;
    for (const fill of [ground, colour]) {
      canvas.fillStyle = fill;
      canvas.fillRect(0, 0, 1, 1);
    }
    const rgb = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    mixed.set(key, rgb);
    return rgb;
  };
  const css = (rgb: readonly number[]): string => `rgb(${rgb.join(' ')})`;
  const groundOf = (element: Element | null): string => {
    if (!element) return getComputedStyle(document.body).backgroundColor;
    return css(over(getComputedStyle(element).backgroundColor, groundOf(element.parentElement)));
  };
  /** WCAG 2.2, relative luminance. */
  const luminance = (rgb: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = rgb.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const isSeen = (element: Element): boolean =>
    element.checkVisibility() && !element.closest('.unseen') && element.getBoundingClientRect().width > 1;

  const weighText = (element: Element): void => {
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const ground = groundOf(element);
    const [light, dark] = [luminance(over(color, ground)), luminance(over(ground, ground))].sort(
      (a, b) => b - a,
    );
    const ratio = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
    const size = parseFloat(fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5))
      wrong.push(`"${element.textContent.trim().slice(0, 30)}" has a contrast of ${ratio.toFixed(2)}`);
  };

  const hasOwnText = (element: Element): boolean =>
    [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent?.trim());
  for (const element of document.querySelectorAll('body *')) {
    if (isSeen(element) && hasOwnText(element) && !element.matches(':disabled')) weighText(element);
  }

  for (const control of document.querySelectorAll('button, input, select, textarea, a, summary, meter')) {
    if (!isSeen(control)) continue;
    const labels = [...((control as HTMLInputElement).labels ?? [])].map(({ textContent }) => textContent);
    const own = control.matches('select, input, textarea') ? '' : control.textContent;
    const name = [control.getAttribute('aria-label'), ...labels, own].find((text) => text?.trim());
    if (!name) wrong.push(`a ${control.tagName.toLowerCase()} has no name`);
    // 2.5.8: 24 by 24, or as far from others; what is chosen by its label has the label's size.
    const { height } = (control.closest('label') ?? control).getBoundingClientRect();
    if (control.matches('button, select, a') && height < 24) wrong.push(`"${name}" is ${height} px high`);
  }

  const tooWide = document.documentElement.scrollWidth - innerWidth;
  if (tooWide > 0) wrong.push(`the page is ${tooWide} px wider than its window`);
  return wrong;
}
