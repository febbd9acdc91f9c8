/** Loaded before a supervised program: should the supervisor vanish, the program drains and leaves, too. */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel only tells of the parent; it must not keep the program alive.
process.channel?.unref();
