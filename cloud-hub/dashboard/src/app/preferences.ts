import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

export type ThemeMode = 'light' | 'dark' | 'system';
const KEY = 'vyavs.theme';

function remembered(): ThemeMode {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

/** What a person chose for this browser. */
export const preferences = createSlice({
  name: 'preferences',
  initialState: (): { theme: ThemeMode } => ({ theme: remembered() }),
  reducers: {
    themeChosen: (state, action: PayloadAction<ThemeMode>) => {
      state.theme = action.payload;
    },
  },
});

export const { themeChosen } = preferences.actions;

export function rememberTheme(mode: ThemeMode): void {
  localStorage.setItem(KEY, mode);
}
