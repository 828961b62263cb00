export const now = () => Date.now();
setTimeout(() => undefined, 1);
