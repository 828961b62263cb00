export const schema = "";
