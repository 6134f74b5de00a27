import { TextDecoder } from 'node:util';
import { dictionary } from '../../base/dictionary.ts';

/**
 * Names and texts as the bytes that the server holds. One server has databases of several
 * encodings; shared catalogs, running texts and the statistics mix them, and a conversion that the
 * server makes fails for all rows where one cannot be converted. So nothing is converted there:
 * bytes come as hex, and each is read here by the encoding of the database that it is from.
 */

/** Hex of the bytes of a text column, unconverted as long as client_encoding is SQL_ASCII. */
export const bytesOf = (column: string) =>
  `pg_catalog.encode(pg_catalog.textsend(${column}), 'hex')`;

/**
 * Server encodings by the names that the platform knows. LATIN1 is read byte by byte, because the
 * platform takes it for windows-1252.
 */
const labels = dictionary<string>({
  UTF8: 'utf-8',
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  LATIN5: 'iso-8859-9',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
  ISO_8859_5: 'iso-8859-5',
  ISO_8859_6: 'iso-8859-6',
  ISO_8859_7: 'iso-8859-7',
  ISO_8859_8: 'iso-8859-8',
  WIN866: 'ibm866',
  WIN874: 'windows-874',
  WIN1250: 'windows-1250',
  WIN1251: 'windows-1251',
  WIN1252: 'windows-1252',
  WIN1253: 'windows-1253',
  WIN1254: 'windows-1254',
  WIN1255: 'windows-1255',
  WIN1256: 'windows-1256',
  WIN1257: 'windows-1257',
  WIN1258: 'windows-1258',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  EUC_JP: 'euc-jp',
  EUC_CN: 'gb2312',
  EUC_KR: 'euc-kr',
});

const decoders = new Map<string, TextDecoder>();

function decoderOf(encoding: string): TextDecoder | undefined {
  const label = labels[encoding];
  if (!label) return undefined;
  const known = decoders.get(label) ?? new TextDecoder(label, { fatal: true, ignoreBOM: true });
  decoders.set(label, known);
  return known;
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return decoderOf(encoding)?.decode(bytes);
  } catch {
    return undefined; // not of this encoding
  }
}

const isAscii = (bytes: Uint8Array) => bytes.every((byte) => byte < 0x80);

/**
 * A text by the encoding of its database. A database of SQL_ASCII takes any bytes: UTF-8 where they
 * are that, else one character a byte. Undefined where the bytes are none of the encoding, or the
 * platform does not know it.
 */
export function decodeHex(hex: string, encoding: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex');
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (encoding === 'LATIN1') return bytes.toString('latin1');
  if (encoding === 'SQL_ASCII') return decode(bytes, 'UTF8') ?? bytes.toString('latin1');
  return decode(bytes, encoding);
}

/** Names of databases and roles: which encoding they were written in is kept nowhere. */
export function nameReader(): (hex: string | null | undefined) => string {
  const known = new Map<string, string>();
  return (hex) => {
    if (!hex) return '';
    const name = known.get(hex) ?? (decodeHex(hex, 'SQL_ASCII') as string);
    known.set(hex, name);
    return name;
  };
}
