/** What the link's socket asks of the kernel: known to the link thread, and to whoever checks the machine.
 *  [send buffer] → link worker, preflight */

export const SEND_BUFFER_BYTES = 4 * 1024 * 1024; // a third of a second at 100 Mbit/s
