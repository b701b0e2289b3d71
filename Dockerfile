# One image for the API, the workers and the migrations: the command decides which.
FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /venv
# As a constraint the lock decides versions only; the tools of development that it names stay out.
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY bin bin
COPY src src
COPY migrations migrations
COPY workers workers
RUN /venv/bin/pip install --no-cache-dir --constraint requirements.lock --editable .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app projectory
# Workers run from a checkout, so a checkout is what is installed: at the same place, and not theirs to change.
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
USER projectory
EXPOSE 8000
CMD ["projectory", "serve", "--host", "0.0.0.0"]
