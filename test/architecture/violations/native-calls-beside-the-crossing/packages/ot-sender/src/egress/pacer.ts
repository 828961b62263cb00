// violates native-calls-beside-the-crossing
import koffi from "koffi";
export const library = koffi.load("libc.so.6");
