/** The password of an account, as the configuration gives it.
 *  configuration → [password] → connect */
import { readSecret } from "@nonreturn/station/thread";

/** What a user writes for an account. */
export interface PasswordConfig {
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
}

/** The file's, or the password itself. @throws {StationError} FILE_… */
export function passwordOf({ password, passwordFile }: PasswordConfig): string | undefined {
  return passwordFile === undefined ? password : readSecret(passwordFile);
}
