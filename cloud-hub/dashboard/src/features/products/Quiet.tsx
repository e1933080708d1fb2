import Typography from '@mui/material/Typography';

/** One calm line where a table would be. */
export function Quiet({ text }: { text: string }) {
  return (
    <Typography variant="body2" color="textSecondary" sx={{ px: { xs: 2, sm: 2.5 } }}>
      {text}
    </Typography>
  );
}
