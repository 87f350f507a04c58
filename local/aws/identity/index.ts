export { createDirectory, type Directory, type DirectoryEntry } from './directory';
