import './app/theme.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { router } from './app/router.tsx';
import { ApiError } from './lib/api.ts';
import { startI18n } from './lib/i18n.ts';
import { applyTheme, currentTheme } from './lib/theme.ts';

applyTheme(currentTheme(), false);
startI18n();

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});

const host = document.getElementById('root');
if (!host) throw new Error('index.html lacks #root');
createRoot(host).render(
  <QueryClientProvider client={client}>
    <RouterProvider router={router} />
  </QueryClientProvider>,
);
