# One image for the API, the workers and the migrations: the command decides which.
FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.lock ./
# The lock holds the tools of development too; as a constraint it decides versions only.
COPY pyproject.toml README.md LICENSE ./
COPY bin bin
COPY src src
COPY migrations migrations
COPY workers workers
RUN pip install --no-cache-dir --constraint requirements.lock --editable .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app projectory
# Workers run from the checkout, so the checkout is what is installed, at the same place.
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
USER projectory
EXPOSE 8000
CMD ["projectory", "serve", "--host", "0.0.0.0"]
