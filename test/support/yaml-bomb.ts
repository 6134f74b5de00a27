/** Nine of nothing, and with each further letter nine times as many: bytes that mean millions. */
export const yamlBomb = (letters: string): string =>
  [...letters]
    .map((at, i) => `${at}: &${at} [${`${i ? `*${letters[i - 1]}` : 'x'}, `.repeat(9)}]\n`)
    .join('');
