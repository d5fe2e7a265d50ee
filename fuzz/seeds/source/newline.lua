f
(g)(h)