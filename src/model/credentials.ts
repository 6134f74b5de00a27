/**
 * Who logs in, and what TLS needs: user, password, and the texts of certificates and key. They stay
 * in memory.
 */
export interface Credentials {
  username: string;
  password?: string;
  ca?: string;
  cert?: string;
  key?: string;
  /**
   * What is odd about them, in a clause: told to whoever reads that they were refused. Holds
   * nothing of them.
   */
  remark?: string;
}
