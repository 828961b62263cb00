// violates native-calls-beside-the-crossing
export const koffi = await import("koffi");
