// violates randomness-comes-from-outside
import nacl from "tweetnacl";
export const pair = nacl.box.keyPair();
