/** Version of this toolkit; a test compares it with package.json. */
export const toolkitVersion = '0.1.0';
