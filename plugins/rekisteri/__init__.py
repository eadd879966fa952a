"""rekisteri keeps a customer register's promises every night and proves it."""
