/**
 * Authority, certificate and key, each only where used. Asked for each connection: whoever issues
 * certificates changes them under a process that lives for months.
 */
export type ReadTls = () => { ca?: string; cert?: string; key?: string };
