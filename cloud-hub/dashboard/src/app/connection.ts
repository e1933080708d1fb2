import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { LinkFacts } from '../api/link';

export interface Connection extends LinkFacts {
  /** The hub answered 401 after a session had been there. */
  expired: boolean;
}

const initialState: Connection = { phase: 'idle', heardAt: null, lostAt: null, retryAt: null, expired: false };

/** The event stream's state, for the header and every freshness badge. */
export const connection = createSlice({
  name: 'connection',
  initialState,
  reducers: {
    linkChanged: (state, action: PayloadAction<LinkFacts>) => {
      Object.assign(state, action.payload);
    },
    sessionExpired: (state) => {
      state.expired = true;
    },
    sessionOpened: (state) => {
      state.expired = false;
    },
  },
});

export const { linkChanged, sessionExpired, sessionOpened } = connection.actions;
