import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog, { type DialogProps } from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId, type ReactNode, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from './ProblemAlert';

interface FormDialogProps {
  title: string;
  /** What the button says; without one the dialog only tells something. */
  submit?: string;
  onSubmit?: () => unknown;
  onClose: () => void;
  busy?: boolean;
  /** Why the last attempt failed. */
  error?: unknown;
  /** What is submitted cannot be undone. */
  grave?: boolean;
  maxWidth?: DialogProps['maxWidth'];
  children: ReactNode;
}

/** A question with a form: open as long as it is on the page. */
export function FormDialog({ title, submit, onSubmit, onClose, busy, error, grave, maxWidth = 'xs', children }: FormDialogProps) {
  const { t } = useTranslation();
  const id = useId();
  const send = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    // A dialog over a dialog is its child in React: what it submits is not this one's.
    event.stopPropagation();
    if (busy) return;
    const form = event.currentTarget;
    const before = document.activeElement;
    await onSubmit?.();
    requestAnimationFrame(() => {
      const now = document.activeElement;
      // Whoever went on to another field meanwhile is left there; a button that was busy has given the focus to what is around it.
      if (now !== before && now?.contains(form) === false) return;
      // What is wrong stands at its field: going there reads it out, and on a phone scrolls it into view.
      form.querySelector<HTMLElement>('[aria-invalid="true"]:not([aria-hidden="true"])')?.focus();
    });
  };
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} fullWidth maxWidth={maxWidth}>
      <form noValidate onSubmit={(event) => void send(event)} style={{ display: 'contents' }}>
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent>
          <Box sx={{ display: 'grid', gap: 2, pt: 1 }}>
            {error !== undefined && error !== null && <ProblemAlert error={error} />}
            {children}
          </Box>
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button onClick={onClose}>{t(submit ? 'cancel' : 'close')}</Button>
          {submit && (
            <Button type="submit" variant="contained" color={grave ? 'error' : 'primary'} loading={busy}>
              {submit}
            </Button>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}
